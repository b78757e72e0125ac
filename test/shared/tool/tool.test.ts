import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { tool } from '../../../shared/tool/tool.ts'

const { signal } = new AbortController()

describe('A tool', () => {
  const run = vi.fn(({ text }: { text: string }) => text.toUpperCase())
  const shout = tool({ name: 'shout', description: 'Shouts.', arguments: { text: z.string().max(5) }, effect: 'none', run })

  it('declares its arguments to models', () => {
    expect(shout.parameters).toEqual({
      type: 'object',
      properties: { text: { type: 'string', maxLength: 5 } },
      required: ['text'],
      additionalProperties: false,
    })
  })

  it('runs with valid arguments', async () => {
    expect(await shout.run('{"text":"hi"}', signal)).toEqual({ ok: true, value: 'HI' })
  })

  it.each(['', '{', '[]', 'null', '{"text":1}', '{"text":"too long"}', '{"text":"hi","more":1}', '{"text":"hi","__proto__":{"a":1}}'])(
    'refuses %s with an explanation, and does not run',
    async (args) => {
      run.mockClear()
      expect(await shout.run(args, signal)).toMatchObject({ ok: false, error: expect.stringContaining('not valid') })
      expect(run).not.toHaveBeenCalled()
    },
  )
})
