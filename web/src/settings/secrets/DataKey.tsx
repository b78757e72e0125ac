import { Card } from '../../ui/Card.tsx'
import { ErrorNotice } from '../../ui/ErrorNotice.tsx'
import { useAction } from '../../ui/use-action.ts'
import { rotateDataKey } from '../settings-api.ts'

/** Rotates the key that encrypts the tenant's secrets. */
export function DataKey({ onDone }: { readonly onDone: (text: string) => Promise<void> }) {
  const { busy, error, run } = useAction()
  const rotate = () =>
    run(async () => {
      const { resealed } = await rotateDataKey()
      await onDone(resealed === 1 ? 'New data key; one secret encrypted again' : `New data key; ${resealed} secrets encrypted again`)
    })
  return (
    <Card
      title="Data key"
      description="Encrypts this workspace’s keys. A rotation encrypts all of them again with a new key. The next rotation retires the previous key."
      action={
        <button type="button" className="button small" onClick={() => void rotate()} disabled={busy} data-testid="rotate">
          {busy ? 'Rotating…' : 'Rotate'}
        </button>
      }
    >
      <ErrorNotice error={error} />
    </Card>
  )
}
