/** What the pages of a tenant's settings are made of. */
import './settings.css'
import { type ReactNode, useCallback, useEffect, useId, useRef, useState } from 'react'
import { auth } from '../state/auth.ts'
import { useSignal } from '../state/signal.ts'
import { toUserError, type UserError } from '../state/user-error.ts'
import { latestOnly } from './latest-only.ts'
import { useLate } from './use-late.ts'

/** For whoever may look, but not change: before they have filled anything in. */
export function ReadOnlyNotice() {
  const who = useSignal(auth)
  const role = who.kind === 'in' || who.kind === 'expired' ? who.me.role : null
  if (role === 'owner' || role === 'admin') return null
  return <p className="notice">You can look at this page. Changing it takes an administrator of the tenant.</p>
}

interface CardProps {
  readonly title: string
  readonly description?: ReactNode
  readonly action?: ReactNode
  readonly children: ReactNode
}

export function Card({ title, description, action, children }: CardProps) {
  const id = useId()
  return (
    <section className="set-card" aria-labelledby={id}>
      <header>
        <div>
          <h2 id={id}>{title}</h2>
          {description && <p className="hint">{description}</p>}
        </div>
        {action}
      </header>
      {children}
    </section>
  )
}

interface FieldProps {
  readonly label: string
  readonly hint?: ReactNode
  readonly wide?: boolean
  /** Gets the id that the label is for, and that of the hint. */
  readonly children: (ids: { readonly id: string; readonly 'aria-describedby'?: string }) => ReactNode
}

export function Field({ label, hint, wide = false, children }: FieldProps) {
  const id = useId()
  return (
    <div className="set-field" data-wide={wide}>
      <label htmlFor={id}>{label}</label>
      {children({ id, ...(hint ? { 'aria-describedby': `${id}-hint` } : {}) })}
      {hint && (
        <p className="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  )
}

/** What went wrong, and what to do about it. */
export function TroubleNote({ trouble, retry }: { readonly trouble: UserError; readonly retry?: (() => void) | undefined }) {
  return (
    <div className="set-trouble" role="alert">
      <p>
        <strong>{trouble.title}.</strong> {trouble.detail}
        {trouble.reference && <span className="reference"> Reference {trouble.reference}</span>}
      </p>
      {retry && (
        <button type="button" className="button small" onClick={retry}>
          Load again
        </button>
      )}
    </div>
  )
}

export type Loaded<T> =
  | { readonly kind: 'loading' }
  | { readonly kind: 'ready'; readonly value: T }
  | { readonly kind: 'failed'; readonly trouble: UserError }

/** Asks once, and again when told to; what is there stays to be seen meanwhile. */
export function useLoaded<T>(ask: () => Promise<T>): {
  readonly loaded: Loaded<T>
  readonly reload: () => Promise<void>
} {
  const [loaded, setLoaded] = useState<Loaded<T>>({ kind: 'loading' })
  const { current: begin } = useRef(latestOnly())
  const reload = useCallback(async () => {
    const counts = begin()
    try {
      const value = await ask()
      if (counts()) setLoaded({ kind: 'ready', value })
    } catch (error) {
      if (counts()) setLoaded({ kind: 'failed', trouble: toUserError(error) })
    }
  }, [])
  useEffect(() => void reload(), [reload])
  return { loaded, reload }
}

interface WhenProps<T> {
  readonly loaded: Loaded<T>
  readonly reload: () => Promise<void>
  readonly children: (value: T) => ReactNode
}

/** What was asked for, or how far that is. */
export function Async<T>({ loaded, reload, children }: WhenProps<T>) {
  const late = useLate(loaded.kind === 'loading')
  switch (loaded.kind) {
    case 'loading':
      return <p className="set-empty">{late && 'Loading…'}</p>
    case 'failed':
      return <TroubleNote trouble={loaded.trouble} retry={() => void reload()} />
    case 'ready':
      return children(loaded.value)
  }
}

/** Does one thing at a time, and keeps what went wrong. */
export function useDeed(): {
  readonly busy: boolean
  readonly trouble: UserError | null
  readonly act: (deed: () => Promise<void>) => Promise<boolean>
} {
  const [busy, setBusy] = useState(false)
  const [trouble, setTrouble] = useState<UserError | null>(null)
  const act = async (deed: () => Promise<void>) => {
    setBusy(true)
    setTrouble(null)
    try {
      await deed()
      return true
    } catch (error) {
      setTrouble(toUserError(error))
      return false
    } finally {
      setBusy(false)
    }
  }
  return { busy, trouble, act }
}

/** A button that asks once more before it does what cannot be undone. */
export function ConfirmButton({
  label,
  sure,
  onSure,
  disabled,
}: {
  readonly label: string
  readonly sure: string
  readonly onSure: () => void
  readonly disabled?: boolean
}) {
  const [asked, setAsked] = useState(false)
  useEffect(() => {
    if (!asked) return
    const timer = setTimeout(() => setAsked(false), 5_000)
    return () => clearTimeout(timer)
  }, [asked])
  return (
    <button
      type="button"
      className={asked ? 'button small danger' : 'button small'}
      disabled={disabled}
      onBlur={() => setAsked(false)}
      onClick={() => {
        if (!asked) return setAsked(true)
        setAsked(false)
        onSure()
      }}
    >
      {asked ? sure : label}
    </button>
  )
}

export const formatDate = (at: number): string => new Date(at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })
