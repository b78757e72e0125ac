/** German. One chunk, loaded when the page is in German. */
import { app } from './app.ts'
import { navigation } from './navigation.ts'
import { ui } from './ui.ts'

export const german = { app, navigation, ui }
export type German = typeof german
