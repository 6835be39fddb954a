// Which provider is meant where nobody has said one.

/** The API's own choice. */
export const USUAL = 'ollama';

/** That of these ids that is shown first: the API's choice, if it is there. */
export const usualOf = (ids) => (ids.includes(USUAL) ? USUAL : ids[0]);
