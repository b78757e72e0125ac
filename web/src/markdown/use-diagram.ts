import { useEffect, useState, useSyncExternalStore } from 'react'
import { theme } from '../state/theme.ts'
import { loadPart } from '../ui/load-part.ts'
import type { DiagramImage } from './mermaid.ts'

export type Diagram =
  | { readonly state: 'none' }
  | { readonly state: 'drawing' }
  | { readonly state: 'drawn'; readonly image: DiagramImage }
  | { readonly state: 'failed'; readonly reason: 'notLoaded' | 'notDrawn' }

/** Draws `source` while `isShown`, and again when the theme changes. Mermaid loads with the first diagram. */
export function useDiagram(source: string, isShown: boolean): Diagram {
  const scheme = useSyncExternalStore(subscribe, currentScheme)
  const key = `${scheme} ${source}`
  const [result, setResult] = useState<{ readonly key: string; readonly diagram: Diagram } | null>(null)
  useEffect(() => {
    if (!isShown) return
    let isCancelled = false
    const finish = (diagram: Diagram) => !isCancelled && setResult({ key: `${scheme} ${source}`, diagram })
    const failed = (reason: 'notLoaded' | 'notDrawn') => () => void finish({ state: 'failed', reason })
    void loadPart(() => import('./mermaid.ts')).then(
      ({ draw }) => draw(source).then((image) => void finish({ state: 'drawn', image }), failed('notDrawn')),
      failed('notLoaded'),
    )
    return () => {
      isCancelled = true
    }
  }, [source, isShown, scheme])
  if (!isShown) return { state: 'none' }
  // The picture of the other theme stays until this one is drawn.
  if (result?.key === key || result?.key.endsWith(` ${source}`)) return result.diagram
  return { state: 'drawing' }
}

const darkMode = matchMedia('(prefers-color-scheme: dark)')

/** The chosen theme and the system's, as one text. */
const currentScheme = (): string => `${theme.get()}-${darkMode.matches}`

function subscribe(listener: () => void): () => void {
  const drop = theme.subscribe(listener)
  darkMode.addEventListener('change', listener)
  return () => {
    drop()
    darkMode.removeEventListener('change', listener)
  }
}
