// Why a line was not taken in, in the visitor's language.
import { find } from '../../i18n.js';

/** The API's words, as a name: "there is no key in it" is `line-there-is-no-key-in-it`. */
export const lineReason = (reason) => find(`line-${reason.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`) ?? reason;
