// Prints the names under which `ds01` is installed besides its own, one a line.
import { classicNames } from '@ds01/command-line';
import { program } from '../src/program.ts';

process.stdout.write(`${classicNames(program).join('\n')}\n`);
