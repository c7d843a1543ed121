import { relative, resolve } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { SLOW_FILES } from './slow-files.ts';

const root = resolve(import.meta.dirname, '..');

/** Vitest's order, where a clone that has never run the tests knows only the size of each file, with the slow ones first. */
export class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const projects = [...new Set(sorted.map(({ project }) => project))];
    const place = ({ moduleId }: TestSpecification) => {
      const at = SLOW_FILES.indexOf(relative(root, moduleId));
      return at === -1 ? SLOW_FILES.length : at;
    };
    return projects.flatMap((project) =>
      sorted.filter((file) => file.project === project).toSorted((left, right) => place(left) - place(right)),
    );
  }
}
