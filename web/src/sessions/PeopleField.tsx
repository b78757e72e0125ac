import { type KeyboardEvent, useEffect, useId, useState } from 'react'
import type { People } from '../../../shared/api/relations.ts'
import { transport } from '../state/transport.ts'
import { sessions as strings } from '../strings/sessions.ts'

interface Props {
  readonly value: string
  readonly onChange: (value: string) => void
  readonly disabled: boolean
}

/** A pause in typing after which the names are looked up. */
const lookUpMs = 150

/** The field for a user name, with the users of the workspace as suggestions. It takes other names as well. */
export function PeopleField({ value, onChange, disabled }: Props) {
  const id = useId()
  const [open, setOpen] = useState(false)
  const [index, setIndex] = useState(-1)
  const { people, of } = usePeople(value.trim())
  const shown = open && people.length > 0
  const isUnknown = !shown && of !== '' && of === value.trim() && !people.some(({ subject }) => subject === of)

  const choose = (subject: string) => {
    onChange(subject)
    setOpen(false)
    setIndex(-1)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      const step = event.key === 'ArrowDown' ? 1 : -1
      setOpen(true)
      setIndex((people.length + Math.max(index, step < 0 ? 0 : -1) + step) % Math.max(1, people.length))
    } else if (event.key === 'Enter' && shown && people[index]) choose(people[index].subject)
    else if (event.key === 'Escape' && shown) setOpen(false)
    else return
    event.preventDefault()
    // Escape must not close the dialog as well.
    event.stopPropagation()
  }
  return (
    <div className="people">
      <input
        name="subject"
        aria-label={strings.share.with}
        placeholder={strings.share.placeholder}
        required
        maxLength={255}
        pattern="\s*[!-~]+\s*"
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        disabled={disabled}
        role="combobox"
        aria-expanded={shown}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={shown && people[index] ? `${id}-${index}` : undefined}
        aria-describedby={isUnknown ? `${id}-unknown` : undefined}
        value={value}
        onChange={(event) => {
          onChange(event.currentTarget.value)
          setOpen(true)
          setIndex(-1)
        }}
        onKeyDown={onKeyDown}
        onBlur={() => setOpen(false)}
      />
      <div id={`${id}-list`} role="listbox" aria-label={strings.share.people} className="people-list" hidden={!shown}>
        {shown &&
          people.map(({ subject, name }, at) => (
            <button
              type="button"
              key={subject}
              id={`${id}-${at}`}
              role="option"
              aria-selected={at === index}
              tabIndex={-1}
              // Before the field loses the focus, which closes the list.
              onPointerDown={(event) => {
                event.preventDefault()
                choose(subject)
              }}
            >
              {name || subject} {name && name !== subject && <small>{subject}</small>}
            </button>
          ))}
      </div>
      {isUnknown && (
        <p className="people-unknown" id={`${id}-unknown`} role="status">
          {strings.share.unknown}
        </p>
      )}
    </div>
  )
}

/** The users whose names start with `starts`, and the text that they were found for. */
function usePeople(starts: string): { readonly people: People['people']; readonly of: string } {
  const [found, setFound] = useState<{ readonly people: People['people']; readonly of: string }>({ people: [], of: '' })
  useEffect(() => {
    if (starts === '') return setFound({ people: [], of: '' })
    const stop = new AbortController()
    const timer = setTimeout(async () => {
      try {
        const response = await transport('GET', '/v1/people', { query: { starts }, signal: stop.signal })
        const { people }: People = await response.json()
        if (!stop.signal.aborted) setFound({ people, of: starts })
      } catch {
        // The field works without suggestions.
      }
    }, lookUpMs)
    return () => {
      clearTimeout(timer)
      stop.abort()
    }
  }, [starts])
  return found
}
