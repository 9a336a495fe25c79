/** Who is calling. */
export interface Identity {
  /** The principal a bearer token stands for, or undefined when it is none of ours, expired or revoked. */
  verify(bearer: string): Promise<Principal | undefined>;
}

export interface Principal {
  /** Lower-case mail address. */
  email: string;
  roles: Role[];
}

/** `admin` may do everything; a role may be bound to a team: `lead:finance`. */
export type Role = 'admin' | 'auditor' | `approver:${string}` | `lead:${string}`;

export const isAdmin = (principal: Principal): boolean => principal.roles.includes('admin');
