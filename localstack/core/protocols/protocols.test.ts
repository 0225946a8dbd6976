/** The wire forms, against the examples of AWS's protocol specifications. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { AwsError } from '../errors.ts';
import { flag, integer, list, map, structure, text, time } from '../inputs/declare.ts';
import { parseJsonBody } from './json.ts';
import { parseQueryBody, queryAnswer, queryError } from './query.ts';
import { findRoute, routeInput } from './restJson.ts';
import { escapeXml, parseXml } from './xml.ts';

test('a query body becomes members, lists in the order of their numbers, and maps', () => {
  // https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#request-serialization
  const form = new URLSearchParams(
    'Action=Put&Version=2010-05-15&Name=a.b&Flag=true&Tags.member.10.Key=j&Tags.member.2.Key=b' +
      '&Attributes.entry.1.key=k&Attributes.entry.1.value=v&Nested.Inner=x',
  );

  const { action, input } = parseQueryBody(form);

  assert.equal(action, 'Put');
  assert.deepEqual(input, {
    Name: 'a.b',
    Flag: 'true',
    Tags: [{ Key: 'b' }, { Key: 'j' }],
    Attributes: { k: 'v' },
    Nested: { Inner: 'x' },
  });
  assert.throws(() => parseQueryBody(new URLSearchParams('Version=1')), { code: 'MissingAction' });
});

test('a query body is typed by what its action declares: empty lists and maps, numbers, booleans and times', () => {
  // https://smithy.io/2.0/aws/protocols/aws-query-protocol.html: an empty list is sent as `Tags=`.
  const inputs = {
    Put: {
      Tags: list(structure({ Key: text(), Size: integer() })),
      Attributes: map(text()),
      Flag: flag(),
      Name: text(),
      Limit: integer(),
      At: time(),
    },
  };
  const parse = (body: string) => parseQueryBody(new URLSearchParams(`Action=Put&${body}`), inputs).input;

  const empty = parse('Tags=&Attributes=&Name=&Unknown=');
  const full = parse(
    'Flag=false&Limit=5&At=1970-01-01T00:00:01Z&Name=5&Tags.member.1.Key=k&Tags.member.1.Size=2&Unknown=5',
  );

  assert.deepEqual(empty, { Tags: [], Attributes: {}, Name: '', Unknown: '' });
  assert.deepEqual(full, {
    Flag: false,
    Limit: 5,
    At: 1,
    Name: '5',
    Tags: [{ Key: 'k', Size: 2 }],
    Unknown: '5',
  });
  assert.throws(() => parse('Limit=many'), { code: 'MalformedInput', message: /Limit is many/ });
});

test('a query answer wraps its result, with members, entries and ISO times', () => {
  // https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#response-serialization
  const output = {
    Items: ['a', '<b>'],
    Attributes: new Map([['k', 'v']]),
    At: new Date(0),
    Absent: undefined,
  };

  const { body } = queryAnswer('List', output, 'id-1', 'urn:x');

  assert.equal(
    body,
    '<?xml version="1.0" encoding="UTF-8"?>\n<ListResponse xmlns="urn:x"><ListResult>' +
      '<Items><member>a</member><member>&lt;b&gt;</member></Items>' +
      '<Attributes><entry><key>k</key><value>v</value></entry></Attributes>' +
      '<At>1970-01-01T00:00:00.000Z</At></ListResult>' +
      '<ResponseMetadata><RequestId>id-1</RequestId></ResponseMetadata></ListResponse>',
  );
});

test('a query error says whose fault it is', () => {
  const sender = queryError(new AwsError('NotFound', 'no <topic>', { status: 404 }), 'id', 'urn:x');
  const receiver = queryError(new AwsError('InternalFailure', 'x', { status: 500 }), 'id', 'urn:x');

  assert.match(
    String(sender.body),
    /<Type>Sender<\/Type><Code>NotFound<\/Code><Message>no &lt;topic&gt;<\/Message>/,
  );
  assert.match(String(receiver.body), /<Type>Receiver<\/Type>/);
});

test('a route is found by method and path, its placeholders decoded, a greedy one to the end', () => {
  const routes = [
    { method: 'GET', path: '/functions/{Name}', action: 'Get' },
    { method: 'POST', path: '/functions/{Name}/invocations', action: 'Invoke' },
    { method: 'GET', path: '/files/{Key+}', action: 'Read' },
  ];

  const invoke = findRoute(routes, 'POST', '/functions/a%3Ab/invocations');

  assert.deepEqual([invoke?.route.action, invoke?.path], ['Invoke', { Name: 'a:b' }]);
  assert.deepEqual(findRoute(routes, 'GET', '/files/x/y%20z')?.path, { Key: 'x/y z' });
  assert.equal(findRoute(routes, 'GET', '/functions/a/')?.route.action, 'Get');
  assert.equal(findRoute(routes, 'DELETE', '/functions/a'), undefined);
  assert.equal(findRoute(routes, 'GET', '/functions'), undefined);
});

test('a route’s input joins body, query and path, the path having the last word', () => {
  const route = { method: 'POST', path: '/groups/{Name}', action: 'Put' };

  const input = routeInput(route, {
    path: { Name: 'path' },
    query: new URLSearchParams('Qualifier=1&Name=query'),
    headers: {},
    body: Buffer.from('{"Name":"body","Size":2}'),
  });

  assert.deepEqual(input, { Name: 'path', Qualifier: '1', Size: 2 });
});

test('what a route takes from the query and from headers has its member’s name and type', () => {
  const route = {
    method: 'POST',
    path: '/groups/{Name}',
    action: 'Put',
    query: { groupName: 'GroupName' },
    headers: { 'x-amz-log-type': 'LogType' },
    payload: 'Payload',
  };
  const members = { MaxItems: integer(), Name: text(), GroupName: text(), LogType: text() };

  const input = routeInput(
    route,
    {
      path: { Name: '1' },
      query: new URLSearchParams('groupName=g&MaxItems=10'),
      headers: { 'x-amz-log-type': 'Tail', 'x-other': 'y' },
      body: Buffer.from('not JSON'),
    },
    members,
  );

  assert.deepEqual(input, {
    Payload: Buffer.from('not JSON'),
    Name: '1',
    GroupName: 'g',
    MaxItems: 10,
    LogType: 'Tail',
  });
});

test('a body that is not a JSON object is refused as AWS does', () => {
  assert.deepEqual(parseJsonBody(Buffer.alloc(0)), {});
  for (const text of ['{', '[]', 'null', '"x"'])
    assert.throws(() => parseJsonBody(Buffer.from(text)), { code: 'SerializationException' }, text);
});

test('XML is read without namespaces, repeated elements as lists, and refused when it is not well-formed', () => {
  const read = parseXml(
    '<a:Delete xmlns:a="urn:x"><Object><Key>x &amp; y</Key></Object><Object><Key/></Object></a:Delete>',
  );

  assert.deepEqual(read, { Object: [{ Key: ['x & y'] }, { Key: [''] }] });
  for (const text of ['<a>', '', '<a></b>'])
    assert.throws(() => parseXml(text), { code: 'MalformedXML' }, text);
  assert.equal(escapeXml('a<b>&"\r'), 'a&lt;b&gt;&amp;&quot;&#xD;');
});
