/** Two lanes, the published architecture and ours, with a dotted tie between the parts that play the same role. */
import type { ArchitecturePart } from '../../../lib/model/study/about/design.ts';

const WIDTH = 1004;
const LINE = 15;
/** Room of a character, px; a name is bolder. */
const CHARACTER = 6.6;
const BOLD_CHARACTER = 7.6;

/** Words in lines of at most `most` characters. */
function wrapped(text: string, most: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1)!;
    if (line === '') lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= most) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}

export function Lanes({ parts }: { parts: readonly ArchitecturePart[] }) {
  const step = WIDTH / parts.length;
  const middle = (index: number) => step * index + step / 2;
  const most = Math.floor(step / CHARACTER);
  const cells = parts.map((one) => ({
    ...one,
    name: wrapped(one.part, Math.floor(step / BOLD_CHARACTER)),
    published: wrapped(one.published, most),
    here: wrapped(one.here, most),
  }));
  const linesOf = (which: 'name' | 'published' | 'here') =>
    Math.max(1, ...cells.map((one) => one[which].length));
  const top = 34 + linesOf('name') * LINE + 15;
  const bottom = top + 26 + linesOf('published') * LINE + 86;
  const height = bottom + 26 + linesOf('here') * LINE;
  return (
    <svg
      class="lanes"
      viewBox={`0 0 ${WIDTH} ${height}`}
      role="img"
      aria-label={`${parts.length} parts of the published architecture, each tied to the part that plays its role here. The table below says the same.`}
    >
      <text x="0" y="14" class="strong">
        As published
      </text>
      <text x="0" y={bottom - 42} class="strong">
        Here
      </text>
      <path d={`M0,${top}H${WIDTH}`} class="thread published" />
      <path d={`M0,${bottom}H${WIDTH}`} class="thread" />
      {cells.map(({ part, name, published, here, layer }, index) => (
        <g key={part} class={`k-${layer}`}>
          <line
            class="tie"
            x1={middle(index)}
            x2={middle(index)}
            y1={top + 22 + published.length * LINE}
            y2={bottom - 10}
          />
          <circle class="station hollow" cx={middle(index)} cy={top} r="5" />
          <rect class="station" x={middle(index) - 5} y={bottom - 5} width="10" height="10" />
          {name.map((line, at) => (
            <text
              key={line}
              class="strong"
              x={middle(index)}
              y={top - 16 - (name.length - 1 - at) * LINE}
              text-anchor="middle"
            >
              {line}
            </text>
          ))}
          {published.map((line, at) => (
            <text key={line} x={middle(index)} y={top + 26 + at * LINE} text-anchor="middle">
              {line}
            </text>
          ))}
          {here.map((line, at) => (
            <text key={line} x={middle(index)} y={bottom + 26 + at * LINE} text-anchor="middle">
              {line}
            </text>
          ))}
        </g>
      ))}
    </svg>
  );
}
