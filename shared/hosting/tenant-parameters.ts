/**
 * A site as the parameters of a distribution tenant: at most five, of at most 256 characters each ("Quotas", CloudFront
 * Developer Guide). The multi-tenant distribution defines them, none of them required: an empty one is left out. The adapter
 * writes them and the edge functions read them.
 *
 * - `app`, `release`: where the files are, `/apps/<app>/<release>/`
 * - `mode`: the page, who may see it, and `spa` where that is so: `app viewers spa`
 * - `headersA`, `headersB`: the site's headers as JSON, cut in two
 */
export const TENANT_PARAMETERS = ['app', 'release', 'mode', 'headersA', 'headersB'] as const;
