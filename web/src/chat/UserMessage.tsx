import { memo } from 'react'

export const UserMessage = memo(({ text, pending = false }: { readonly text: string; readonly pending?: boolean }) => (
  <div className="user-message" data-pending={pending} data-testid="user-message" dir="auto">
    {text}
  </div>
))
