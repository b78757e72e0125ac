/** The active path of a message tree, and a note about its other branches. Pure. */

/** A node by the id of its parent; null: the root. */
export interface TreeNode {
  readonly parent: string | null
}

/** Why a conversation without a path is refused. */
export const brokenTree = 'Its message tree is broken: the current message or a parent of it is missing, or the parents form a circle.'

/** The ids from the root to `leaf`. Null: a parent is missing, or the path is a cycle. */
export function pathTo(nodes: ReadonlyMap<string, TreeNode>, leaf: string): string[] | null {
  const path = new Set<string>()
  for (let id: string | null = leaf; id !== null; ) {
    const node = nodes.get(id)
    if (!node || path.has(id)) return null
    path.add(id)
    id = node.parent
  }
  return [...path].reverse()
}

/** The nodes without children. */
export function leaves(nodes: ReadonlyMap<string, TreeNode>): string[] {
  const parents = new Set([...nodes.values()].map(({ parent }) => parent))
  return [...nodes.keys()].filter((id) => !parents.has(id))
}

/** A note about the branches that an import of one path leaves out. */
export function branchNotes(nodes: ReadonlyMap<string, TreeNode>): string[] {
  const others = leaves(nodes).length - 1
  return others > 0 ? [`${others} other ${others === 1 ? 'branch was' : 'branches were'} left out.`] : []
}
