import './kit.css'
import type { ReactNode } from 'react'
import { ui } from '../strings/ui.ts'
import { ErrorNotice } from './ErrorNotice.tsx'
import { LoadError } from './LoadError.tsx'
import { useLate } from './use-late.ts'
import type { Load } from './use-load.ts'

interface Props<T> {
  readonly load: Load<T>
  readonly children: (value: T) => ReactNode
}

/** Renders what was loaded. Content that is shown stays when a reload fails; the error appears above it. */
export function Async<T>({ load: { value, error, reload }, children }: Props<T>) {
  const late = useLate(value === undefined && error === null)
  const retry = () => void reload()
  if (value !== undefined)
    return (
      <>
        <ErrorNotice error={error} retry={retry} />
        {children(value)}
      </>
    )
  if (error !== null) return <LoadError error={error} retry={retry} />
  return <p className="notice">{late && ui.loading}</p>
}
