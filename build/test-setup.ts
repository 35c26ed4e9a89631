import fc from 'fast-check';

/**
 * Random tests draw from one fixed seed, so that a run can be repeated and a red one is a change of the code. Other worlds are looked at
 * with `DORMOUSE_TEST_SEED=N npm test` (and `npm run soak`); what they find becomes an example of its test.
 */
fc.configureGlobal({ seed: Number(process.env['DORMOUSE_TEST_SEED'] ?? '20261120') });
