import { type FormEvent, useEffect, useState } from 'react'
import { settingsMemory } from '../../strings/settings-memory.ts'

/** The search field of the memory page. */
export function MemorySearch({ onSearch }: { readonly onSearch: (q: string) => void }) {
  const [query, setQuery] = useState('')
  // Searches when typing pauses, and at once on Enter.
  useEffect(() => {
    const timer = setTimeout(() => onSearch(query.trim()), 200)
    return () => clearTimeout(timer)
  }, [query, onSearch])
  const searchNow = (event: FormEvent) => {
    event.preventDefault()
    onSearch(query.trim())
  }
  return (
    <search>
      <form className="form memory-search" onSubmit={searchNow}>
        <input
          type="search"
          value={query}
          maxLength={400}
          onChange={(event) => setQuery(event.target.value)}
          placeholder={settingsMemory.page.search}
          aria-label={settingsMemory.page.search}
        />
      </form>
    </search>
  )
}
