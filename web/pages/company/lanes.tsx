/** Two lanes, the published architecture and ours, with a dotted tie between the parts that play the same role. */
import type { ArchitecturePart } from '../../../lib/model/study/about/design.ts';

const WIDTH = 1004;
const TOP = 64;
const BOTTOM = 226;

/** Words in lines of at most `most` characters, at most three of them. */
function wrapped(text: string, most: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1)!;
    if (line === '') lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= most) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines.length <= 3 ? lines : [...lines.slice(0, 2), `${lines[2]} …`];
}

export function Lanes({ parts }: { parts: readonly ArchitecturePart[] }) {
  const step = WIDTH / parts.length;
  const middle = (index: number) => step * index + step / 2;
  const most = Math.floor(step / 6.6);
  return (
    <svg
      class="lanes"
      viewBox={`0 0 ${WIDTH} 304`}
      role="img"
      aria-label={`${parts.length} parts of the published architecture, each tied to the part that plays its role here. The table below says the same.`}
    >
      <text x="0" y="14" class="strong">
        As published
      </text>
      <text x="0" y="184" class="strong">
        Here
      </text>
      <path d={`M0,${TOP}H${WIDTH}`} class="thread published" />
      <path d={`M0,${BOTTOM}H${WIDTH}`} class="thread" />
      {parts.map(({ part, published, here, layer }, index) => (
        <g key={part} class={`k-${layer}`}>
          <line
            class="tie"
            x1={middle(index)}
            x2={middle(index)}
            y1={TOP + 22 + wrapped(published, most).length * 15}
            y2={BOTTOM - 10}
          />
          <circle class="station hollow" cx={middle(index)} cy={TOP} r="5" />
          <rect class="station" x={middle(index) - 5} y={BOTTOM - 5} width="10" height="10" />
          <text class="strong" x={middle(index)} y={TOP - 16} text-anchor="middle">
            {part}
          </text>
          {wrapped(published, most).map((line, at) => (
            <text key={line} x={middle(index)} y={TOP + 26 + at * 15} text-anchor="middle">
              {line}
            </text>
          ))}
          {wrapped(here, most).map((line, at) => (
            <text key={line} x={middle(index)} y={BOTTOM + 26 + at * 15} text-anchor="middle">
              {line}
            </text>
          ))}
        </g>
      ))}
    </svg>
  );
}
