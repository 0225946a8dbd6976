/** Admitted and refused requests, as a table: hosts, origins, and what browsers say of where a request comes from. */
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'vitest';
import { admit, allowedByName, isEndpointHost } from './admission.ts';
import type { HttpRequest } from './http.ts';

const allowed = allowedByName(['Host.docker.internal'], ['http://localhost:3000', 'chrome-extension://abc']);
const around = {
  isPage: (path: string) => path.startsWith('/_pages/'),
  apiNames: (request: HttpRequest, origin: string) =>
    request.path.startsWith('/_aws/execute-api/a1/') && origin === 'https://shop.example',
};

const request = (host: string | readonly string[], headers: Record<string, string> = {}, path = '/') => ({
  method: 'GET',
  path,
  query: new URLSearchParams(),
  headers,
  hosts: typeof host === 'string' ? [host] : host,
  body: Readable.from([]),
});

const isRefused = (...args: Parameters<typeof request>) =>
  admit(request(...args), allowed, around).refusal !== undefined;

const OWN = 'http://127.0.0.1:4566';

test('the hosts are this machine, names under localhost, and what was allowed by name', () => {
  const own = [
    '127.0.0.1:4566',
    '127.0.0.1',
    '127.8.9.10:80',
    '[::1]:4566',
    'localhost',
    'LOCALHOST:9999',
    'orders.2026.s3.localhost:4566',
    'orders.s3.us-east-1.localhost.localstack.cloud:4566',
    'a1b2c3.execute-api.localhost:4566',
    'host.docker.internal:4566',
    'orders.s3.HOST.docker.internal',
  ];
  const others = [
    '',
    'evil.example',
    'evil.example:4566',
    'localhost.evil.example',
    'evillocalhost',
    '127.0.0.1.evil.example',
    '127.0.0.1@evil.example',
    'evil.example#.localhost',
    'evil.example/.localhost',
    '127.0.0.1:4566:80',
    '0.0.0.0:4566',
    '10.0.0.1',
    '[::ffff:127.0.0.1]:4566',
    '2130706433',
    'localhost.',
    'orders.s3.amazonaws.com',
    'a1b2c3.execute-api.evil.example',
    'docker.internal',
  ];

  assert.deepEqual(
    own.filter((host) => isRefused(host)),
    [],
  );
  assert.deepEqual(
    others.filter((host) => !isRefused(host)),
    [],
  );
  assert.ok(isRefused([]));
  assert.ok(isRefused(['localhost', 'localhost']));
});

test('an origin is the endpoint’s own, an HTTP API’s under its own host, or allowed by name', () => {
  const from = (origin: string, host = '127.0.0.1:4566', path = '/') => isRefused(host, { origin }, path);

  const admitted = [
    from(OWN),
    from('http://localhost:4566', 'localhost:4566'),
    from('https://host.docker.internal', 'host.docker.internal'),
    from('http://localhost:3000'),
    from('chrome-extension://abc'),
    from('http://a1.execute-api.localhost:4566', 'a1.execute-api.localhost:4566'),
    from('https://shop.example', '127.0.0.1:4566', '/_aws/execute-api/a1/orders'),
  ];
  const refused = [
    from('null'),
    from(''),
    from('http://localhost:8888'),
    from('http://localhost:4566'),
    from('http://127.0.0.1:4566, http://evil.example'),
    from('http://bucket.s3.localhost:4566', 'bucket.s3.localhost:4566'),
    from('https://shop.example', '127.0.0.1:4566', '/_aws/execute-api/b2/orders'),
    from('https://shop.example'),
    from('http://localhost:3000.evil.example'),
  ];

  assert.deepEqual(new Set(admitted), new Set([false]));
  assert.deepEqual(new Set(refused), new Set([true]));
  assert.equal(
    admit(request('localhost', { origin: 'http://localhost:3000' }), allowed, around).origin,
    'http://localhost:3000',
  );
});

test('without an Origin, what the browser says of the site and the page before decides', () => {
  const link = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
  const host = '127.0.0.1:4566';

  const admitted = [
    isRefused(host),
    isRefused(host, { 'sec-fetch-site': 'none', ...link }),
    isRefused(host, { 'sec-fetch-site': 'same-origin' }),
    isRefused(host, { referer: `${OWN}/_pages/a?b` }),
    isRefused(host, { 'sec-fetch-site': 'same-site', referer: 'http://localhost:3000/' }),
    isRefused(host, { 'sec-fetch-site': 'cross-site', ...link }, '/_pages/'),
  ];
  const refused = [
    isRefused(host, { 'sec-fetch-site': 'cross-site' }),
    isRefused(host, { 'sec-fetch-site': 'same-site' }),
    isRefused(host, { 'sec-fetch-site': 'none, cross-site' }),
    isRefused(host, { 'sec-fetch-site': 'cross-site', ...link }),
    isRefused(host, { 'sec-fetch-site': 'cross-site', ...link, 'sec-fetch-dest': 'iframe' }, '/_pages/'),
    isRefused(host, { 'sec-fetch-site': 'cross-site' }, '/_pages/data'),
    isRefused(host, { referer: 'https://evil.example/' }),
    isRefused(host, { referer: 'no URL' }),
  ];

  assert.deepEqual(new Set(admitted), new Set([false]));
  assert.deepEqual(new Set(refused), new Set([true]));
});

test('the target is a path: the endpoint is not a proxy', () => {
  for (const path of ['http://127.0.0.1:4566/', 'http://evil.example/', '*', 'evil.example:443'])
    assert.ok(isRefused('127.0.0.1:4566', {}, path), path);
});

test('what cannot be one host or one origin is refused as an option, and the message says what is allowed', () => {
  for (const host of ['*', 'localhost:4566', 'http://localhost', ''])
    assert.throws(() => allowedByName([host]), { name: 'CloudOptionError', message: /without port/ }, host);
  for (const origin of ['*', 'null', 'localhost:3000', 'http://localhost:3000/', 'http://a,http://b'])
    assert.throws(() => allowedByName([], [origin]), { name: 'CloudOptionError', message: /no \*/ }, origin);
});

test('the endpoint’s own names are distinguished from those of buckets and APIs', () => {
  const own = ['localhost:1', '127.0.0.1', '[::1]:1', 'host.docker.internal', 'localhost.localstack.cloud'];
  const under = ['b.localhost', 'b.s3.localhost:1', 'a.execute-api.localhost', 'b.s3.host.docker.internal'];

  assert.ok(own.every((host) => isEndpointHost(host, allowed)));
  assert.ok(!under.some((host) => isEndpointHost(host, allowed)));
});
