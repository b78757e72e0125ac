import { type RefObject, useEffect, useState } from 'react'
import { loadDraft, saveDraft } from '../../state/drafts.ts'
import { longTextUnits } from './long-text.ts'

/** Longest text that is stored in the browser, whose storage holds about 5 MB. A longer one lasts until the page closes. */
const storedUnits = 1_000_000

/** The long text of a draft and its setter. A long paste or drop into `field` does not reach the field. */
export function useLongText(draftKey: string, field: RefObject<HTMLTextAreaElement | null>): readonly [string, (text: string) => void] {
  const key = `${draftKey}.long`
  const [shown, setShown] = useState(() => ({ key, text: loadDraft(key) }))
  let current = shown
  if (shown.key !== key) {
    current = { key, text: loadDraft(key) }
    setShown(current)
  }
  const setText = (text: string) => {
    setShown({ key, text })
    saveDraft(key, text.length > storedUnits ? '' : text)
  }
  useEffect(() => {
    const node = field.current
    const insert = (event: InputEvent) => {
      const text = event.data ?? event.dataTransfer?.getData('text/plain') ?? ''
      if (!/^insertFrom(Paste|Drop)/.test(event.inputType) || text.length <= longTextUnits) return
      event.preventDefault()
      setText(current.text === '' ? text : `${current.text}\n\n${text}`)
    }
    node?.addEventListener('beforeinput', insert)
    return () => node?.removeEventListener('beforeinput', insert)
  })
  return [current.text, setText]
}
