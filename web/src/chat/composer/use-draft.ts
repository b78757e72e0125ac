import { type RefObject, useEffect, useRef, useState } from 'react'
import { loadDraft, saveDraft } from '../../state/drafts.ts'

/** Saves the draft after this pause in typing. Leaving the page saves at once. */
const saveDelayMs = 200

/** The draft of a conversation and its setter. Saves it in the browser. `initial`: the first text without a draft. */
export function useDraft(
  key: string,
  field: RefObject<HTMLTextAreaElement | null>,
  initial = '',
): readonly [string, (text: string) => void] {
  const [shown, setShown] = useState(() => ({ key, text: loadDraft(key) || initial }))
  const unsaved = useRef<{ readonly key: string; readonly text: string } | null>(null)
  const flush = useRef(() => {
    if (unsaved.current !== null) saveDraft(unsaved.current.key, unsaved.current.text)
    unsaved.current = null
  }).current

  let current = shown
  if (shown.key !== key) {
    flush()
    current = { key, text: loadDraft(key) || initial }
    setShown(current)
  }
  useEffect(() => {
    const leave = () => flush()
    addEventListener('pagehide', leave)
    document.addEventListener('visibilitychange', leave)
    return () => {
      removeEventListener('pagehide', leave)
      document.removeEventListener('visibilitychange', leave)
      leave()
    }
  }, [flush])
  useEffect(() => {
    fit(field.current)
    const timer = setTimeout(flush, saveDelayMs)
    return () => clearTimeout(timer)
  })
  const setText = (text: string) => {
    setShown({ key, text })
    unsaved.current = { key, text }
    if (text === '') flush()
  }
  return [current.text, setText]
}

const sizesItself = CSS.supports('field-sizing', 'content')

/** Fits the field to its text, in browsers without `field-sizing`. */
function fit(field: HTMLTextAreaElement | null): void {
  if (sizesItself || field === null) return
  field.style.height = 'auto'
  field.style.height = `${field.scrollHeight}px`
}
