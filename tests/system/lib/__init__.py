# SPDX-License-Identifier: GPL-2.0-or-later
"""What the system tests share: namespaces, the tool, packets, traffic."""
