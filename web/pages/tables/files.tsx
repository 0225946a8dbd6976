/** The files of a table: how its rows are laid out, and how much of it a query of one partition reads. */
import { useAnswer } from '../../app/backend.ts';
import { hrefOf, place } from '../../app/location.ts';
import { Command } from '../../parts/command.tsx';
import { type Layer, layerOf } from '../../parts/marks.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { Table } from '../../parts/table.tsx';
import { count, shortId } from '../../parts/text.ts';
import type { LakeTableDetail, TableFile, TableFiles } from './contract.ts';

/** Undefined asks nothing: only an Iceberg table has files. */
export const useFiles = ({ kind, zone, name }: LakeTableDetail) =>
  useAnswer<TableFiles>(
    kind === 'iceberg'
      ? `studies/${place.value.study}/tables/${zone}/${encodeURIComponent(name)}/files`
      : undefined,
  );

const nameOf = ({ path }: TableFile) => path.slice(path.lastIndexOf('/') + 1);

/** A file's page among the objects. */
const hrefOfFile = ({ path }: TableFile) => {
  const [, key = ''] = /^s3:\/\/[^/]+\/(.*)$/.exec(path) ?? [];
  return hrefOf({ page: 'objects', query: { key } });
};

export function Files({ table }: { table: LakeTableDetail }) {
  const asked = useFiles(table);
  return (
    <Loaded asked={asked} lines={6}>
      {({ files, total }) =>
        files.length === 0 ? (
          <Empty>The table has no file: nothing has been published into it.</Empty>
        ) : (
          <>
            <FileTable files={files} layer={layerOf(table.zone)} />
            {total > files.length && (
              <p class="small muted">
                {count(files.length)} of {count(total)} files, the largest.
              </p>
            )}
            <p class="table-command">
              <Command>{`npx headwaters query 'select * from "${table.database}"."${table.name}$files"'`}</Command>
            </p>
          </>
        )
      }
    </Loaded>
  );
}

function FileTable({ files, layer }: { files: readonly TableFile[]; layer: Layer }) {
  const all = files.reduce((sum, { bytes }) => sum + bytes, 0);
  return (
    <Table
      caption="Files, the largest first"
      rows={files}
      keyOf={({ path }) => path}
      columns={[
        {
          id: 'file',
          title: 'File',
          heads: true,
          cell: (file) => (
            <a class="mono" title={nameOf(file)} href={hrefOfFile(file)}>
              {shortId(nameOf(file), 8)}
            </a>
          ),
        },
        { id: 'partition', title: 'Partition', cell: ({ partition }) => partition || 'none' },
        ...(files.some(({ kind }) => kind === 'deletes')
          ? [{ id: 'kind', title: 'Holds', cell: ({ kind }: TableFile) => kind }]
          : []),
        { id: 'rows', title: 'Rows', right: true, cell: ({ rows }) => count(rows) },
        { id: 'bytes', title: 'Bytes', right: true, cell: ({ bytes }) => count(bytes) },
        {
          id: 'share',
          title: 'Share of bytes',
          cell: ({ bytes }) => (
            <svg class={`share k-${layer}`} viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
              <rect width={Math.max(0.5, (bytes / all) * 100)} height="8" />
            </svg>
          ),
        },
      ]}
    />
  );
}
