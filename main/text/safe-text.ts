/**
 * Text for a terminal. Names and paths come from other devices and may hold anything: control characters could move the cursor or
 * change colours, and characters that turn the writing direction could make one name look like another. All of them are shown as
 * escapes such as `\x1b` and `\u202e`.
 */
export function safeText(text: string): string {
  return text.replace(unsafePattern, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

/** Control characters (C0, DEL, C1), line and paragraph separators, marks that change the writing direction, lone surrogates. */
const unsafePattern =
  // oxlint-disable-next-line no-control-regex -- finding control characters is what it is for
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Like {@link safeText}, but keeps line breaks: for our own texts of several lines that quote names. */
export function safeLines(text: string): string {
  return text.split('\n').map(safeText).join('\n');
}
