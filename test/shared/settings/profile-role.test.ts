import { describe, expect, it } from 'vitest'
import { chatRoleOf, nameOfRole, roleOfName } from '../../../shared/settings/profile-role.ts'

describe('The name of a model profile', () => {
  it.each(['main', 'gpt-4.1', 'dialogue.LOCAL', 'a.b.c', 'x.default', 'x.', 'x.y.default', '0'])(
    '%s is the same after a round trip',
    (name) => {
      expect(nameOfRole(roleOfName(name))).toBe(name)
    },
  )

  it('holds the role and the mode', () => {
    expect(roleOfName('dialogue.LOCAL')).toEqual({ role: 'dialogue', deployment_mode: 'LOCAL' })
    expect(nameOfRole({ role: 'dialogue', deployment_mode: 'default' })).toBe('dialogue')
  })

  it('fills a part of the chat by its role', () => {
    expect(['dialogue', 'escalation', 'utility', 'constructor'].map((role) => chatRoleOf({ role }))).toEqual([
      'profile',
      'fallback',
      undefined,
      undefined,
    ])
  })
})
