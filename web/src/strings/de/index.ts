/** German. One chunk, loaded when the page is in German. */
import { app } from './app.ts'
import { chat } from './chat.ts'
import { docs } from './docs.ts'
import { markdown } from './markdown.ts'
import { mfa } from './mfa.ts'
import { navigation } from './navigation.ts'
import { state } from './state.ts'
import { ui } from './ui.ts'

export const german = { app, chat, docs, markdown, mfa, navigation, state, ui }
export type German = typeof german
