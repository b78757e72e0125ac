/** Renders formulas in place. KaTeX loads with the first one; until then, and for an invalid formula, the source is shown. */

import { loadPart } from '../ui/load-part.ts'
import { texOf } from './formula.ts'

type ToHtml = typeof import('./katex.ts')['toHtml']

/** Milliseconds for new formulas in one task. The rest is rendered in later tasks, with room for input between them. */
const taskMs = 12
const maxCached = 500

let toHtml: ToHtml | null = null
let isLoading = false
/** HTML of formulas by their source; null: invalid. */
const cached = new Map<string, string | null>()
const queue: HTMLElement[] = []
let scheduled = false

/** Renders every formula in `root`. */
export function showFormulas(root: HTMLElement): void {
  for (const node of root.querySelectorAll<HTMLElement>('.math:not([data-shown])')) queue.push(node)
  if (toHtml) work()
  else load()
}

function load(): void {
  if (isLoading) return
  isLoading = true
  void loadPart(() => import('./katex.ts'))
    .then((loaded) => {
      toHtml = loaded.toHtml
      work()
    })
    // The next formula tries again.
    .catch(() => {
      isLoading = false
    })
}

function work(): void {
  if (!toHtml) return
  const end = performance.now() + taskMs
  for (let node = queue.shift(); node; node = queue.shift()) {
    if (node.isConnected && !show(node, toHtml, performance.now() < end)) {
      queue.unshift(node)
      break
    }
  }
  if (queue.length === 0 || scheduled) return
  scheduled = true
  setTimeout(() => {
    scheduled = false
    work()
  })
}

/** False: the formula is not cached and there is no time for it. */
function show(node: HTMLElement, render: ToHtml, hasTime: boolean): boolean {
  const raw = node.textContent ?? ''
  let html = cached.get(raw)
  if (html === undefined) {
    if (!hasTime) return false
    html = render(texOf(raw), node.dataset.display === 'true')
  }
  cached.delete(raw)
  cached.set(raw, html)
  const [oldest] = cached.keys()
  if (cached.size > maxCached && oldest !== undefined) cached.delete(oldest)
  if (html === null) node.dataset.shown = 'source'
  else {
    node.innerHTML = html
    node.dataset.shown = 'formula'
  }
  return true
}
