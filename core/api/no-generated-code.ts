import { config } from 'zod';

// A page's content security policy refuses code that is made of text, and complains even of being asked. To be imported before any schema:
// each looks for it when it is made.
config({ jitless: true });
