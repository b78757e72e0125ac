import { Component, type ReactNode } from 'react'
import { ui } from '../strings/ui.ts'

interface Props {
  readonly fallback: ReactNode
  readonly onError?: () => void
  readonly children: ReactNode
}

/** Catches a render error, logs it and shows `fallback`. */
export class Boundary extends Component<Props, { readonly failed: boolean }> {
  override state = { failed: false }

  static getDerivedStateFromError() {
    return { failed: true }
  }

  override componentDidCatch(error: unknown) {
    console.error('page', error)
    this.props.onError?.()
  }

  override render() {
    return this.state.failed ? this.props.fallback : this.props.children
  }
}

export const PageError = () => (
  <main className="page-note" role="alert">
    <h1>{ui.pageError.title}</h1>
    <p>{ui.pageError.text}</p>
    <button type="button" className="button primary" onClick={() => location.reload()}>
      {ui.pageError.reloadButton}
    </button>
  </main>
)
