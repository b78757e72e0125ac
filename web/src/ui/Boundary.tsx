import { Component, type ReactNode } from 'react'

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
    <h1>Something went wrong on this page</h1>
    <p>Your messages are safe on the server. Your draft is kept here.</p>
    <button type="button" className="button primary" onClick={() => location.reload()}>
      Reload
    </button>
  </main>
)
