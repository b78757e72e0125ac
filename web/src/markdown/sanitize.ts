/** Sanitizes HTML from a model, which is untrusted. */
import createPurifier from 'dompurify'
import { isHarmless } from './harmless-html.ts'

/** Not the shared instance: Mermaid uses that one with settings of its own. */
const purifier = createPurifier(window)

purifier.addHook('afterSanitizeAttributes', (node) => {
  if (node.tagName !== 'A' || !node.hasAttribute('href')) return
  node.setAttribute('target', '_blank')
  node.setAttribute('rel', 'noopener noreferrer nofollow')
})

// Settings of a call would be read again for each block.
purifier.setConfig({
  USE_PROFILES: { html: true },
  FORBID_TAGS: ['style', 'form', 'button', 'textarea', 'select', 'img', 'picture', 'video', 'audio', 'source', 'dialog'],
  FORBID_ATTR: ['style', 'id', 'name'],
  ADD_ATTR: ['target'],
})

export const sanitize = (html: string): string => (isHarmless(html) ? html : purifier.sanitize(html))
