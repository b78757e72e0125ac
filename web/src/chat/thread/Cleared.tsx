import { Undo2 } from 'lucide-react'
import { memo } from 'react'
import { chat } from '../../strings/chat.ts'
import { useLanguage } from '../../strings/language.ts'

/** The place in a thread where the context was cleared. `onUndo`: it can be undone, because no message followed. */
export const Cleared = memo(({ onUndo }: { readonly onUndo: (() => void) | null }) => {
  useLanguage()
  return (
    <div className="thread-cleared" data-testid="cleared">
      <p>
        <strong>{chat.thread.clearedTitle}</strong> {chat.thread.cleared}
      </p>
      {onUndo !== null && (
        <button type="button" className="button small writes" onClick={onUndo} data-testid="undo-clear">
          <Undo2 aria-hidden />
          {chat.thread.undoClearButton}
        </button>
      )}
    </div>
  )
})
