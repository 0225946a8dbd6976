/** The OpenAPI description of a study, judged by Redocly's linter with its recommended rules. */
import assert from 'node:assert/strict';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { describe, test } from 'vitest';
import { studiesOf } from '../../../../lake/studies.ts';
import { openApi } from '../openapi.ts';

const studies = studiesOf();

describe.each(studies.names)('the OpenAPI description of %s', (name) => {
  test("passes Redocly's lint without a finding", async () => {
    const source = JSON.stringify(openApi(studies.find(name)));
    const config = await createConfig({ extends: ['recommended'] });

    const findings = await lintFromString({ source, config });

    assert.deepEqual(
      findings.map(({ ruleId, message, location }) => `${ruleId}: ${message} (${location[0]?.pointer})`),
      [],
    );
  });

  test('has a path for each declared endpoint, with its parameters', () => {
    const study = studies.find(name);
    const { paths } = openApi(study) as {
      paths: Record<string, { get?: { parameters?: readonly { name: string }[] } }>;
    };

    for (const endpoint of study.serving.endpoints)
      assert.deepEqual(
        paths[`/studies/${name}/queries/${endpoint.name}`]?.get?.parameters?.map(
          (parameter) => parameter.name,
        ),
        [...endpoint.parameters.map((parameter) => parameter.name), 'pageSize', 'cursor'],
      );
  });
});
