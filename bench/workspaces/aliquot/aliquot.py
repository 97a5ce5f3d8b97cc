"""Sums of divisors, and what comes of repeating them."""


def divisor_sum(n: int) -> int:
    """Sum of the divisors of n that are smaller than n."""
    if n <= 1:
        return 0
    total = 1
    d = 2
    while d * d <= n:
        if n % d == 0:
            total += d
            if d != n // d:
                total += n // d
        d += 1
    return total


def is_perfect(n):
    return n > 1 and divisor_sum(n) == n


def is_amicable(n):
    other = divisor_sum(n)
    return other != n and divisor_sum(other) == n


def sequence(n, longest=30):
    """n, the sum of its divisors, the sum of the divisors of that, and so on, until it ends or comes back."""
    steps = [n]
    while len(steps) < longest and steps[-1] > 0 and steps[-1] < 10**6:
        following = divisor_sum(steps[-1])
        if following in steps:
            break
        steps.append(following)
    return steps


def kind(n):
    total = divisor_sum(n)
    if total == n:
        return "perfect"
    return "abundant" if total > n else "deficient"
