import { useEffect } from 'react'

/** Whether the keys open the browser's search in the page. */
const opensSearch = ({ key, ctrlKey, metaKey, altKey, shiftKey }: KeyboardEvent): boolean =>
  !altKey && !shiftKey && (key === 'F3' || ((ctrlKey || metaKey) && key.toLowerCase() === 'f'))

/** Mounts all `hidden` turns before the browser searches the page, because it finds only what is mounted. */
export function useFindInPage(hidden: number, older: (turns: number) => void): void {
  useEffect(() => {
    if (hidden === 0) return
    const press = (event: KeyboardEvent) => {
      if (opensSearch(event)) older(hidden)
    }
    document.addEventListener('keydown', press)
    return () => document.removeEventListener('keydown', press)
  }, [hidden, older])
}
