// Rows under their columns. `acts` names the last column, which shows nothing but buttons, for those who hear the page.
import type { ReactNode } from "react";

type TableProps = { columns: string[]; acts?: string; className?: string; children: ReactNode };

export function Table({ columns, acts, className, children }: TableProps) {
  return (
    <div className="table-box">
      <table className={className ? `table ${className}` : "table"}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th scope="col" key={column}>
                {column}
              </th>
            ))}
            {acts && (
              <th scope="col">
                <span className="hidden-visually">{acts}</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}
