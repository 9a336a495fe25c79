/** Is this a browser? Browsers name text/html; clients that name nothing get JSON. */
export function wantsPage(request: Request): boolean {
  const accept = request.headers.get('accept') ?? '';
  return accept.includes('text/html') && !accept.includes('application/json');
}
