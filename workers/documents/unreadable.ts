/** Why a document cannot be read. */

/** The message is for the user, and quotes nothing of the document. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable'
}
