/** Strings that are the same in English and German. */
export const sameInBoth = [
  'chat.retry.inSeconds',
  'chat.state.seconds',
  'chat.turn.milliseconds',
  'chat.turn.seconds',
  'markdown.details',
  'navigation.accountMenu.system',
  'navigation.keys.alt',
  'navigation.keys.escape',
  'state.seconds',
]
