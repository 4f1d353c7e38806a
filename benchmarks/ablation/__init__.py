"""The starter's recipe with one thing changed at a time, each for the same time of one core.

variants    what is changed
training    one variant's weights, from a start that it shares with others
scores      what they do with holes in validation code
"""
