/** API: every operation of the study, a call to the real API, the same call with curl, and calls that fail. */
import { useEffect, useState } from 'preact/hooks';
import { ask, ProblemError, useAnswer } from '../../app/backend.ts';
import { hrefOf, place, setQuery } from '../../app/location.ts';
import type { Problem } from '../../contract/problem.ts';
import { Command } from '../../parts/command.tsx';
import { Json } from '../../parts/json.tsx';
import { Verdict } from '../../parts/marks.tsx';
import { Bar, Head, Panel } from '../../parts/page.tsx';
import { LoadedPage, ProblemNote } from '../../parts/states.tsx';
import { Table } from '../../parts/table.tsx';
import { bytes, counted, duration } from '../../parts/text.ts';
import type {
  ApiDescription,
  CallAnswer,
  CallRequest,
  Mistake,
  Operation,
  OperationParameter,
} from './contract.ts';

export default function ApiPage() {
  const { study, rest } = place.value;
  const api = useAnswer<ApiDescription>(`studies/${study}/api`);
  return (
    <LoadedPage asked={api} name="API" lines={12}>
      {(description) => {
        const { operations } = description;
        const first = operations.find(({ tag, parameters }) => tag === 'Answers' && parameters.length > 2);
        const chosen = operations.find(({ id }) => id === rest[0]) ?? first ?? operations[0]!;
        return (
          <>
            <Head
              title={`${counted(operations.length, 'operation')} under /studies/${study}`}
              lead="Made from the study's declarations: events by their contracts, transactions, access patterns, and what serving/*.yaml declares. Each call below goes to the real API, signed as any client signs it."
            >
              <a class="btn" href={hrefOf({ rest: ['openApi'] })}>
                openapi.json, 3.1
              </a>
            </Head>
            <div class="api">
              <Operations operations={operations} chosen={chosen} />
              <div class="api-work">
                <TryIt key={chosen.id} api={description} operation={chosen} />
              </div>
            </div>
          </>
        );
      }}
    </LoadedPage>
  );
}

function Operations({ operations, chosen }: { operations: readonly Operation[]; chosen: Operation }) {
  const tags = [...new Set(operations.map(({ tag }) => tag))];
  // What a reader asks most comes first.
  const order = ['Answers', 'SQL', 'Transactions', 'Events'];
  tags.sort((a, b) => order.indexOf(a) - order.indexOf(b));
  return (
    <nav class="operations" aria-label="Operations">
      {tags.map((tag) => (
        <div key={tag}>
          <h2 class="small muted">{tag}</h2>
          <ul>
            {operations
              .filter((one) => one.tag === tag)
              .map(({ id, method, path, summary }) => (
                <li key={id}>
                  <a href={hrefOf({ rest: [id] })} aria-current={id === chosen.id ? 'page' : undefined}>
                    <span class={`method ${method === 'GET' ? 'reads' : 'acts'}`}>{method}</span>
                    <span class="mono">{path}</span>
                    <span class="small muted">{summary}</span>
                  </a>
                </li>
              ))}
          </ul>
        </div>
      ))}
    </nav>
  );
}

type Values = Readonly<Record<string, string>>;

const initialValues = ({ parameters }: Operation, query: URLSearchParams): Values =>
  Object.fromEntries(
    parameters.map(({ name, example, choices, required }) => [
      name,
      query.get(`p.${name}`) ?? example ?? (required ? (choices?.[0] ?? '') : ''),
    ]),
  );

/** The path of a call, with the values that were given. */
function pathOf(study: string, { path, parameters }: Operation, values: Values): string {
  let filled = path;
  const query = new URLSearchParams();
  for (const { name, in: where } of parameters) {
    const value = values[name] ?? '';
    if (where === 'path') filled = filled.replace(`{${name}}`, encodeURIComponent(value));
    else if (value !== '') query.set(name, value);
  }
  const text = query.toString();
  return `/studies/${study}${filled}${text && `?${text}`}`;
}

interface Call {
  readonly request: CallRequest;
  readonly answer?: CallAnswer;
  readonly problem?: Problem;
}

/** One call at a time, with what came of it. */
function useCall(study: string) {
  const [call, setCall] = useState<Call>();
  const [busy, setBusy] = useState(false);
  const send = async (request: CallRequest) => {
    setBusy(true);
    try {
      const answer = await ask<CallAnswer>(`studies/${study}/api/calls`, { method: 'POST', body: request });
      setCall({ request, answer });
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      setCall({ request, problem: error.problem });
    } finally {
      setBusy(false);
    }
  };
  return { call, busy, send };
}

function TryIt({ api, operation }: { api: ApiDescription; operation: Operation }) {
  const study = place.value.study!;
  const [values, setValues] = useState(initialValues(operation, place.value.query));
  const [body, setBody] = useState(operation.body ?? '');
  const { call, busy, send } = useCall(study);
  const isComplete = operation.parameters.every(({ name, required }) => !required || values[name]);
  useEffect(() => {
    // What only reads is read at once, so that an answer is there to look at.
    if (operation.effect === undefined && operation.body === undefined && isComplete)
      void send({ method: operation.method, path: pathOf(study, operation, values) });
  }, [operation.id]);
  const request: CallRequest = {
    method: operation.method,
    path: pathOf(study, operation, values),
    ...(operation.body !== undefined && { body }),
  };
  const submit = () => {
    setQuery(Object.fromEntries(Object.entries(values).map(([name, value]) => [`p.${name}`, value])));
    return send(request);
  };
  return (
    <>
      <Panel
        label="The operation"
        title={
          <span class="mono">
            <span class="method">{operation.method}</span> {operation.path}
          </span>
        }
        aside={<span class="small muted">{operation.effect ?? 'reads; changes nothing'}</span>}
      >
        <div class="try">
          <form
            onSubmit={(event) => {
              event.preventDefault();
              void submit();
            }}
            onKeyDown={(event) => {
              if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void submit();
            }}
          >
            <Fields
              operation={operation}
              values={values}
              setValues={setValues}
              body={body}
              setBody={setBody}
            />
            <p class="row">
              <button class="btn go" type="submit" disabled={busy}>
                {operation.effect ? `Send: ${operation.effect}` : 'Send'} <kbd>Ctrl Enter</kbd>
              </button>
            </p>
          </form>
          <SameCall api={api} request={request} />
        </div>
      </Panel>
      {call && <Answered call={call} send={send} />}
      <Mistakes operation={operation} />
    </>
  );
}

function Fields({
  operation,
  values,
  setValues,
  body,
  setBody,
}: {
  operation: Operation;
  values: Values;
  setValues: (values: Values) => void;
  body: string;
  setBody: (body: string) => void;
}) {
  if (operation.parameters.length === 0 && operation.body === undefined)
    return <p class="muted">The call takes no parameters.</p>;
  return (
    <>
      {operation.parameters.map((parameter) => (
        <Field
          key={parameter.name}
          parameter={parameter}
          value={values[parameter.name] ?? ''}
          onValue={(value) => setValues({ ...values, [parameter.name]: value })}
        />
      ))}
      {operation.body !== undefined && (
        <label class="field">
          Body, JSON
          <textarea
            class="mono"
            rows={Math.min(18, body.split('\n').length + 1)}
            value={body}
            spellcheck={false}
            onInput={(event) => setBody(event.currentTarget.value)}
          />
        </label>
      )}
    </>
  );
}

function Field({
  parameter: { name, type, description, required, choices },
  value,
  onValue,
}: {
  parameter: OperationParameter;
  value: string;
  onValue: (value: string) => void;
}) {
  const id = `parameter-${name}`;
  return (
    <div class="field">
      <label for={id}>
        <span class="mono">{name}</span>
        {required && ', required'}
      </label>
      <span class="muted" id={`${id}-type`}>
        {type}
        {description && ` · ${description}`}
      </span>
      {choices ? (
        <select id={id} value={value} onChange={(event) => onValue(event.currentTarget.value)}>
          {choices.map((choice) => (
            <option key={choice}>{choice}</option>
          ))}
        </select>
      ) : (
        <input
          id={id}
          class="mono"
          aria-describedby={`${id}-type`}
          value={value}
          onInput={(event) => onValue(event.currentTarget.value)}
        />
      )}
    </div>
  );
}

/** A text in single quotes for a shell. */
const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

function SameCall({ api, request }: { api: ApiDescription; request: CallRequest }) {
  const { method, path, body } = request;
  const curl = [
    'curl',
    ...(method === 'GET' ? [] : [`-X ${method}`]),
    `--aws-sigv4 ${quoted(`aws:amz:${api.region}:execute-api`)}`,
    '--user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"',
    ...(body === undefined ? [] : [`-H 'content-type: application/json' -d ${quoted(body)}`]),
    quoted(api.url + path),
  ].join(' ');
  return (
    <div class="same">
      <h3>The same call</h3>
      <Command>{curl}</Command>
      <p class="small muted">
        Calls are signed; without a signature the answer is 403. The local cloud takes <code>test</code> for
        both keys.
      </p>
    </div>
  );
}

const toneOf = (status: number) => (status < 400 ? 'ok' : status === 429 || status === 503 ? 'warn' : 'bad');

function Answered({
  call: { request, answer, problem },
  send,
}: {
  call: Call;
  send: (request: CallRequest) => void;
}) {
  if (problem) return <ProblemNote problem={problem} />;
  const { status, headers, text, milliseconds } = answer!;
  return (
    <section class="answered" aria-label="The answer" role="status">
      <p class="row small">
        <Verdict tone={toneOf(status)}>{status}</Verdict>
        <strong>{duration(milliseconds)}</strong>
        <span>{bytes(new TextEncoder().encode(text).length)}</span>
        {text !== '' && <span>{headers['content-type']}</span>}
        {headers.location && (
          <a href={locationHref(headers.location)}>
            Location <span class="mono">{headers.location}</span>
          </a>
        )}
        {headers.etag && (
          <button type="button" class="link" onClick={() => send({ ...request, ifNoneMatch: headers.etag! })}>
            Ask again with its ETag
          </button>
        )}
      </p>
      {text === '' ? (
        <p class="muted">
          {status === 304 ? 'Nothing was published since: no content, no statement.' : 'No content.'}
        </p>
      ) : (
        <Json label="Content of the answer">{text}</Json>
      )}
    </section>
  );
}

/** The state of a statement, as its own operation. */
const locationHref = (location: string) =>
  hrefOf({ rest: ['sqlState'], query: { 'p.id': location.slice(location.lastIndexOf('/') + 1) } });

function Mistakes({ operation }: { operation: Operation }) {
  const study = place.value.study!;
  const { call, send } = useCall(study);
  const [tried, setTried] = useState<Mistake>();
  useEffect(() => setTried(undefined), [operation.id]);
  const requestOf = ({ path, body }: Mistake): CallRequest => ({
    method: operation.method,
    path: `/studies/${study}${path}`,
    ...(body !== undefined && { body }),
  });
  return (
    <section class="cols">
      <div class="c6">
        <Bar title="What can come back">as the description says</Bar>
        <Table
          caption="Statuses of the operation"
          flat
          rows={operation.responses}
          keyOf={({ status }) => status}
          columns={[
            {
              id: 'status',
              title: 'Status',
              heads: true,
              cell: ({ status }) => <Verdict tone={toneOf(Number(status))}>{status}</Verdict>,
            },
            { id: 'when', title: 'When', cell: ({ description }) => description },
          ]}
        />
      </div>
      <div class="c6">
        <Bar title="Calls that fail">try each</Bar>
        {operation.mistakes.length === 0 ? (
          <p class="muted">This operation takes nothing that could be wrong.</p>
        ) : (
          <Table
            caption="Calls that fail"
            rows={operation.mistakes}
            keyOf={({ when }) => when}
            columns={[
              { id: 'when', title: 'With', heads: true, cell: ({ when }) => when },
              {
                id: 'try',
                title: <span class="vh">Try it</span>,
                right: true,
                cell: (mistake) => (
                  <button
                    type="button"
                    class="link"
                    aria-label={`Try ${mistake.when}`}
                    onClick={() => {
                      setTried(mistake);
                      void send(requestOf(mistake));
                    }}
                  >
                    Try
                  </button>
                ),
              },
            ]}
          />
        )}
        {tried && call && <Answered call={call} send={send} />}
      </div>
    </section>
  );
}
