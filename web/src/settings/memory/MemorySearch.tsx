import { type FormEvent, useEffect, useState } from 'react'

/** The search field of the memory page. */
export function MemorySearch({ onSearch }: { readonly onSearch: (q: string) => void }) {
  const [typed, setTyped] = useState('')
  // Searches when typing pauses, and at once on Enter.
  useEffect(() => {
    const timer = setTimeout(() => onSearch(typed.trim()), 200)
    return () => clearTimeout(timer)
  }, [typed, onSearch])
  const now = (event: FormEvent) => {
    event.preventDefault()
    onSearch(typed.trim())
  }
  return (
    <search>
      <form className="form memory-search" onSubmit={now}>
        <input
          type="search"
          value={typed}
          maxLength={400}
          onChange={(event) => setTyped(event.target.value)}
          placeholder="Search your memories"
          aria-label="Search your memories"
        />
      </form>
    </search>
  )
}
