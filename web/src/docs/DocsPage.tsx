import './docs.css'
import { ArrowLeft } from 'lucide-react'
import { useEffect, useState } from 'react'
import { Link } from 'wouter'
import { createTransport } from '../../../shared/client/transport.ts'
import { toUserError, type UserError } from '../state/user-error.ts'
import { docs } from '../strings/docs.ts'
import { useLanguage } from '../strings/language.ts'
import { Logo } from '../ui/Logo.tsx'
import { ScrollBox } from '../ui/ScrollBox.tsx'
import { useLate } from '../ui/use-late.ts'
import { OperationView } from './OperationView.tsx'
import { type OpenApi, type Operation, operations } from './openapi.ts'

const transport = createTransport({ baseUrl: '' })

type Loaded =
  | { readonly kind: 'loading' }
  | { readonly kind: 'ready'; readonly document: OpenApi }
  | { readonly kind: 'failed'; readonly error: UserError }

/** The API reference, rendered from the running server's /openapi.json. */
export default function DocsPage() {
  const [loaded, setLoaded] = useState<Loaded>({ kind: 'loading' })
  const late = useLate(loaded.kind === 'loading')
  const load = async () => {
    setLoaded({ kind: 'loading' })
    try {
      setLoaded({ kind: 'ready', document: await (await transport('GET', '/openapi.json')).json() })
    } catch (error) {
      setLoaded({ kind: 'failed', error: toUserError(error) })
    }
  }
  useEffect(() => {
    void load()
  }, [])
  const language = useLanguage()
  // The title of the tab is in the language of the page.
  useEffect(() => {
    document.title = `${docs.title} · Soma`
  }, [language])
  switch (loaded.kind) {
    case 'loading':
      return <main className="page-note">{late && <p>{docs.loading}</p>}</main>
    case 'failed':
      return (
        <main className="page-note" role="alert">
          <h1>{loaded.error.title}</h1>
          <p>{loaded.error.detail}</p>
          <button type="button" className="button primary" onClick={() => void load()}>
            {docs.tryAgain}
          </button>
        </main>
      )
    case 'ready':
      return <Reference document={loaded.document} />
  }
}

function Reference({ document: api }: { readonly document: OpenApi }) {
  const all = operations(api)
  const groups = Object.entries(Object.groupBy(all, (operation) => operation.tag))
  // The operation in the address exists only after this render.
  useEffect(() => {
    if (location.hash) document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView()
  }, [])
  return (
    <div className="docs" data-testid="docs">
      <Contents groups={groups} />
      <ScrollBox as="main" className="docs-main" aria-label={docs.title}>
        <header>
          <h1>{api.info?.title ?? docs.title}</h1>
          {api.info?.description && <p>{api.info.description}</p>}
          <p className="doc-type">
            {docs.version({ version: api.info?.version ?? '' })} · <a href="/openapi.json">openapi.json</a>
          </p>
        </header>
        {all.length === 0 && <p>{docs.empty}</p>}
        {groups.map(([tag, list = []]) => (
          <section key={tag} aria-label={tag}>
            <h2>{tag}</h2>
            {list.map((operation) => (
              <OperationView key={operation.id} document={api} operation={operation} />
            ))}
          </section>
        ))}
      </ScrollBox>
    </div>
  )
}

const Contents = ({ groups }: { readonly groups: readonly (readonly [string, readonly Operation[] | undefined])[] }) => (
  <nav className="docs-nav" aria-label={docs.navigation}>
    <Logo />
    <Link href="/" className="side-action">
      <ArrowLeft aria-hidden />
      {docs.back}
    </Link>
    <details className="docs-contents" open={matchMedia('(min-width: 641px)').matches}>
      <summary>{docs.contents}</summary>
      {groups.map(([tag, list = []]) => (
        <div key={tag} className="docs-group">
          <h2>{tag}</h2>
          <ul>
            {list.map(({ id, method, summary }) => (
              <li key={id}>
                <a href={`#${id}`}>
                  <span className="method" data-method={method}>
                    {method}
                  </span>
                  {summary}
                </a>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </details>
  </nav>
)
