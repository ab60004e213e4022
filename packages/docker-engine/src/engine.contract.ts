import { describe } from 'vitest';
import { describeCreation } from './contract/creation.contract.ts';
import { createFixture, type EngineContractSubject } from './contract/fixture.ts';
import { describeFiles } from './contract/files.contract.ts';
import { describeImages } from './contract/images.contract.ts';
import { describeLife } from './contract/life.contract.ts';
import { describeNetworks } from './contract/network.contract.ts';
import { describeOutput } from './contract/output.contract.ts';
import { describeProcesses } from './contract/processes.contract.ts';

/** What every engine must do, whatever it is made of. Registers the tests. */
export function describeEngineContract(
  name: string,
  open: () => Promise<EngineContractSubject>,
): void {
  describe(`the engine contract: ${name}`, () => {
    const fixture = createFixture(open);
    describeCreation(fixture);
    describeLife(fixture);
    describeProcesses(fixture);
    describeOutput(fixture);
    describeNetworks(fixture);
    describeFiles(fixture);
    describeImages(fixture);
  });
}
