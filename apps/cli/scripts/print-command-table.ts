// Prints the command table as JSON, for the documentation that is made from it.
import { commonFlags } from '../src/command-flags.ts';
import { commandTable } from '../src/command-table.ts';

const commands = commandTable.map(({ load, ...command }) => ({
  ...command,
  available: load !== null,
}));
process.stdout.write(`${JSON.stringify({ commands, commonFlags })}\n`);
