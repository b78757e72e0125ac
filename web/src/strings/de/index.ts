/** German. One chunk, loaded when the page is in German. */
import { app } from './app.ts'
import { navigation } from './navigation.ts'
import { offline } from './offline.ts'
import { ui } from './ui.ts'

export const german = { app, navigation, offline, ui }
export type German = typeof german
