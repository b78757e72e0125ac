/**
 * Changes an element to new HTML, and keeps the nodes that stay the same. While a paragraph grows, only its last text changes: the browser
 * lays out less than for new nodes, and a selection in it survives.
 */
export function updateHtml(element: HTMLElement, html: string): void {
  const parsed = document.createElement('template')
  parsed.innerHTML = html
  updateChildren(element, parsed.content)
}

function updateChildren(to: Node, from: Node): void {
  let old = to.firstChild
  for (let next = from.firstChild; next !== null; ) {
    const following = next.nextSibling
    if (old === null) to.appendChild(next)
    else {
      const after: ChildNode | null = old.nextSibling
      if (!update(old, next)) to.replaceChild(next, old)
      old = after
    }
    next = following
  }
  while (old !== null) {
    const after: ChildNode | null = old.nextSibling
    old.remove()
    old = after
  }
}

/** Makes `old` equal to `next`. False: they differ in more than their content, and `old` is unchanged. */
function update(old: ChildNode, next: ChildNode): boolean {
  if (old instanceof Text && next instanceof Text) {
    if (next.data.startsWith(old.data)) {
      if (next.data.length > old.data.length) old.appendData(next.data.slice(old.data.length))
    } else old.data = next.data
    return true
  }
  if (!(old instanceof Element && next instanceof Element)) return false
  if (!old.cloneNode().isEqualNode(next.cloneNode())) return false
  updateChildren(old, next)
  return true
}
