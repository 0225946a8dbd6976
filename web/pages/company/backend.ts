/** What a study's folder says of the company; nothing is asked of the lake. */
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { root } from '../../../lake/project.ts';
import type { Route } from '../../server/http.ts';
import type { Company } from './contract.ts';

export const companyRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: 'studies/:study/company',
    handle({ lake }, { params }): Company {
      const { title, description, about } = lake.studies.find(params.study!);
      const folder = lake.studies.folderOf(params.study!);
      return {
        title,
        description,
        ...(about && { about }),
        folder: relative(root, folder),
        hasSimulation: existsSync(join(folder, 'simulation.ts')),
      };
    },
  },
];
