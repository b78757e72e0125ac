import './context.css'
import { useCallback } from 'react'
import type { ContextWindow } from '../../../shared/api/turns.ts'
import type { ContextPiece } from '../../../shared/context/piece.ts'
import { choiceIn } from '../state/choice.ts'
import { closeOverlay } from '../state/overlay.ts'
import { transport } from '../state/transport.ts'
import { context as strings } from '../strings/context.ts'
import { formatNumber } from '../strings/format.ts'
import { Async } from '../ui/Async.tsx'
import { Modal } from '../ui/Modal.tsx'
import { useLoad } from '../ui/use-load.ts'

/** As the next message would be answered, with the choice of the composer. */
async function readContext(sessionId: string): Promise<ContextWindow> {
  const chosen = Object.entries(choiceIn(sessionId)).filter(([, name]) => name !== undefined)
  const query = new URLSearchParams(chosen).toString()
  return (await transport('GET', `/v1/sessions/${encodeURIComponent(sessionId)}/context-window${query && `?${query}`}`)).json()
}

/** Shows the pieces of the next prompt of a conversation. */
export default function ContextDialog({ sessionId }: { readonly sessionId: string }) {
  const load = useLoad(useCallback(() => readContext(sessionId), [sessionId]))
  return (
    <Modal title={strings.title} description={strings.text} onClose={closeOverlay} testId="context-dialog">
      <Async load={load}>{(view) => <Context view={view} />}</Async>
    </Modal>
  )
}

function Context({ view: { pieces, model, window, limit_tokens, problem } }: { readonly view: ContextWindow }) {
  if (!pieces || !window) return <p className="context-note">{strings.unexplained}</p>
  const included = pieces.filter((piece) => piece.included)
  const used = included.reduce((sum, { tokens }) => sum + tokens, 0)
  const room = formatNumber(limit_tokens)
  return (
    <>
      <p className="context-note">
        {strings.model({ model: model ?? '', room })}{' '}
        {window.tokens === null
          ? strings.unknownWindow
          : strings.window({ tokens: formatNumber(window.tokens), answer: formatNumber(window.answer_tokens) })}
      </p>
      {problem && (
        <p className="context-note warn" role="alert">
          {problem}
        </p>
      )}
      <div className="context-bar" aria-hidden>
        {included.map((piece, index) => (
          <span key={`${piece.kind} ${piece.source}`} style={{ flexGrow: piece.tokens, opacity: shade(index) }} />
        ))}
        <span className="free" style={{ flexGrow: Math.max(0, limit_tokens - used) }} />
      </div>
      <p className="context-used number" data-testid="context-used">
        {strings.used({ used: formatNumber(used), room })}
      </p>
      {pieces.length === 0 ? (
        <p className="context-note">{strings.empty}</p>
      ) : (
        <ul className="context-pieces" data-testid="context-pieces">
          {pieces.map((piece) => (
            <Piece key={`${piece.kind} ${piece.source} ${piece.included}`} piece={piece} index={included.indexOf(piece)} />
          ))}
        </ul>
      )}
    </>
  )
}

/** Neighbours differ, so that the bar and the list match. */
const shade = (index: number): number => 1 - (index % 4) * 0.22

function Piece({ piece: { kind, source, tokens, reason }, index }: { readonly piece: ContextPiece; readonly index: number }) {
  const persona = source.startsWith('persona:') ? source.slice('persona:'.length) : ''
  return (
    <li data-included={index >= 0}>
      <span className="swatch" aria-hidden style={index < 0 ? undefined : { opacity: shade(index) }} />
      <span className="name">
        {strings.kinds[kind]}
        {persona !== '' && `: ${persona}`}
      </span>
      <span className="number">{strings.tokens({ count: tokens })}</span>
      <span className="reason">{strings.reasons[reason]}</span>
    </li>
  )
}
