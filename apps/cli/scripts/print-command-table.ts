// Prints the command table as JSON, for the documentation that is made from it.
import { commonFlags } from '@ds01/command-line';
import { commandTable } from '../src/command-table.ts';

const commands = commandTable.map(({ load, ...command }) => ({
  ...command,
  available: load !== null,
}));
process.stdout.write(`${JSON.stringify({ commands, commonFlags })}\n`);
