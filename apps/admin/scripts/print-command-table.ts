// Prints the command table as JSON, for the documentation that is made from it.
import { program } from '../src/program.ts';

const commands = program.commands.map(({ load, ...command }) => ({
  ...command,
  available: load !== null,
}));
process.stdout.write(`${JSON.stringify({ commands, commonFlags: program.commonFlags })}\n`);
